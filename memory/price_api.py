"""`/api/prices`: prices that the caller set for models. See docs/contract.md, section 4."""

from decimal import Decimal
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api_base.endpoint_docs import documented
from accounts.api_base.problem import Problem
from accounts.credentials.authentication import get_caller
from accounts.request_serializers import StrictCharField
from memory.preferences import own_prices
from memory.preferences.own_prices import MAX_NAME_CHARS
from memory.values.price_table import OwnPrice

PRICES = {
    "input_usd": "input",
    "output_usd": "output",
    "cache_write_usd": "cache_write",
    "cache_write_1h_usd": "cache_write_1h",
    "cache_read_usd": "cache_read",
}


class DollarField(serializers.FloatField):
    """A JSON number; strings and booleans are refused."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


def _optional_price(help_text: str) -> DollarField:
    return DollarField(required=False, allow_null=True, help_text=help_text)


class OwnPriceSerializer(serializers.Serializer[Any]):
    model = StrictCharField(max_length=MAX_NAME_CHARS, help_text="The name of a model; `*` stands for any text.")
    same_as = StrictCharField(
        required=False,
        allow_blank=True,
        max_length=MAX_NAME_CHARS,
        help_text="The name of a model that costs as much; the prices are then null.",
    )
    input_usd = _optional_price("US dollars per million tokens, as all prices.")
    output_usd = _optional_price("")
    cache_write_usd = _optional_price("Of five minutes; by default 1.25 times the input.")
    cache_write_1h_usd = _optional_price("Of one hour; by default twice the input.")
    cache_read_usd = _optional_price("By default a tenth of the input.")


class OwnPricesSerializer(serializers.Serializer[Any]):
    prices = OwnPriceSerializer(many=True)


class DeletionParameters(serializers.Serializer[Any]):
    model = StrictCharField(max_length=MAX_NAME_CHARS, help_text="The name of the price, as it was set.")


class PricesView(APIView):
    """Lists, sets or deletes the caller's own prices. They come before all others; past costs follow in a minute."""

    http_method_names = ["get", "post", "delete", "options"]

    @property
    def required_permission(self) -> str:
        return "account" if self.request.method in ("POST", "DELETE") else "read"

    @documented(responses={200: OwnPricesSerializer})
    def get(self, request: Request) -> Response:
        prices = own_prices.list_own_prices(get_caller(request).user_id)
        return Response({"prices": [_serialize(one) for one in prices]})

    @documented(body=OwnPriceSerializer, responses={200: OwnPricesSerializer})
    def post(self, request: Request) -> Response:
        serializer = OwnPriceSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        values = serializer.validated_data
        dollars = {name: _to_decimal(values.get(member)) for member, name in PRICES.items()}
        user_id = get_caller(request).user_id
        own_prices.set_own_price(user_id, values["model"], alias=values.get("same_as", ""), dollars=dollars)
        return self.get(request)

    @documented(query=DeletionParameters, responses={200: OwnPricesSerializer}, problems=("not_found",))
    def delete(self, request: Request) -> Response:
        serializer = DeletionParameters(data=request.query_params)
        serializer.is_valid(raise_exception=True)
        if not own_prices.delete_own_price(get_caller(request).user_id, serializer.validated_data["model"]):
            raise Problem("not_found", "You set no price for a model of that name.")
        return self.get(request)


def _to_decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _serialize(one: OwnPrice) -> dict[str, Any]:
    prices = {member: one.prices and float(getattr(one.prices, name)) for member, name in PRICES.items()}
    return {"model": one.name, "same_as": one.alias, **prices}
