"""Fills the log of a new user with the sessions of `tests.memory.search.question_set`, and asks its questions."""

import json
from collections.abc import Mapping, Sequence

from events.endpoints import request_body
from events.store import drafts, log
from memory.projection import projector
from memory.search import query_parser, search_hits
from tests.memory.search import question_set
from tests.people import make_user

BATCH_SIZE = 500


def measure() -> Mapping[str, Mapping[str, float]]:
    user_id = make_user().id
    keyed = question_set.build_events()
    for at in range(0, len(keyed), BATCH_SIZE):
        body = json.dumps({"events": [one for _, one in keyed[at : at + BATCH_SIZE]]}).encode()
        log.append([drafts.prepare(user_id, request_body.parse_ingest(body).events)])
    projector.catch_up(user_id)
    ids = {key: number for number, (key, _) in enumerate(keyed, start=1) if key}

    def search(text: str) -> Sequence[int]:
        page = search_hits.search_entries(user_id, query_parser.parse_query(text), limit=question_set.MAX_HITS)
        return [hit.entry.id for hit in page.hits]

    return {
        name: {
            question.text: value
            for question, value in question_set.measure_recall(question_set.load_questions(name), ids, search).items()
        }
        for name in question_set.SETS
    }
