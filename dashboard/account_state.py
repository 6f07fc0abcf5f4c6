"""Each account with its balances as read last and what is open on it. USDT."""

from typing import Any

from rest_framework import serializers

from dashboard.api.answers import AccountOut
from dashboard.fields import DecimalText, Word
from desk.models import Account, accounts_of_this_environment
from trading import selectors
from trading.models import Direction, Position


class HeldOut(serializers.Serializer[Any]):
    """A position in short."""

    id = serializers.IntegerField()
    bot = serializers.CharField(source="bot.name")
    symbol = serializers.CharField()
    side = Word(Direction, source="direction")
    quantity = DecimalText()
    entry_price = DecimalText(allow_null=True)
    mark_price = DecimalText(allow_null=True)
    unrealized_pnl = serializers.SerializerMethodField()

    def get_unrealized_pnl(self, position: Position) -> str | None:
        pnl = selectors.unrealized_pnl(position)
        return None if pnl is None else f"{pnl:f}"


class AccountStateOut(AccountOut):
    """``equity`` is the wallet with open results."""

    equity = serializers.SerializerMethodField()
    positions = serializers.SerializerMethodField()

    def get_equity(self, account: Account) -> str | None:
        if account.wallet_balance is None:
            return None
        return f"{account.wallet_balance + (account.unrealized_pnl or 0):f}"

    def get_positions(self, account: Account) -> list[dict[str, Any]]:
        held = [position for position in self.context["held"] if position.account_id == account.pk]
        return list(HeldOut(held, many=True).data)


def account_states() -> list[dict[str, Any]]:
    accounts = accounts_of_this_environment().order_by("pk")
    return list(AccountStateOut(accounts, many=True, context={"held": list(selectors.open_positions())}).data)
