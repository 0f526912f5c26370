"""The task that notifies open streams of new events ends with the server."""

import asyncio

from events.store import stream_hub

FOREVER = 3_600.0


def test_a_task_whose_cancellation_is_lost_ends() -> None:
    async def stop_at_the_wrong_moment() -> bool:
        sent = asyncio.get_running_loop().create_future()

        async def listen() -> None:
            await asyncio.wait_for(sent, FOREVER)  # as redis-py sends
            await asyncio.sleep(FOREVER)

        task = asyncio.create_task(listen())
        await asyncio.sleep(0.01)
        sent.set_result(None)
        async with asyncio.timeout(30):
            await stream_hub.cancel_all([task])
        return task.cancelled()

    assert asyncio.run(stop_at_the_wrong_moment())
