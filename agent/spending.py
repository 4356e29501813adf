"""What models cost in a calendar month of the mentor's, and what is left of the budgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from agent.config import Settings
from agent.config.tables import WriterSettings
from agent.indicators import month
from agent.model.calls import Call
from agent.store import Store
from agent.store.calls import Spent

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Month:
    """The month so far, and its budgets (None: none is set)."""

    spent: Spent
    tokens: int | None
    cost: Decimal | None
    priced: bool

    @property
    def tokens_over(self) -> bool:
        """Whether the tokens are used up."""
        return self.tokens is not None and self.spent.tokens >= self.tokens

    @property
    def cost_over(self) -> bool:
        """Whether the money is."""
        return self.cost is not None and self.spent.cost >= self.cost

    @property
    def over(self) -> bool:
        """Whether no model is asked any more."""
        return self.tokens_over or self.cost_over

    def said(self) -> str:
        """One line for `status` and `doctor`."""
        parts = [f"{self.spent.calls} call(s)", f"{self.spent.tokens:,} tokens{_of(self.tokens, '{:,}')}"]
        if self.priced:
            parts.append(f"cost {money(self.spent.cost)}{_of(self.cost, '{}')}")
        stopped = "; the budget is used up, no model is asked until next month" if self.over else ""
        return f"this month: {', '.join(parts)}{stopped}"


def this_month(settings: Settings, store: Store, now: datetime) -> Month:
    """The calendar month of `now` in the mentor's zone."""
    here = now.astimezone(settings.mentor.timezone)
    period = month(here.year, here.month, settings.mentor.timezone)
    writer = settings.writer
    spent = store.calls.spent(period.start, period.end)
    return Month(spent, writer.monthly_tokens, writer.monthly_cost, writer.prices.known)


def tokens_left(so_far: Month, writer: WriterSettings) -> int | None:
    """Tokens that both budgets still allow, all of them at the dearer price; None: no limit."""
    limits = [] if so_far.tokens is None else [so_far.tokens - so_far.spent.tokens]
    if so_far.cost is not None and writer.prices.known:
        dearest = max(writer.prices.input, writer.prices.output)
        limits.append(int((so_far.cost - so_far.spent.cost) * MILLION / dearest))
    return max(min(limits), 0) if limits else None


def cost(call: Call, writer: WriterSettings) -> Decimal | None:
    """What a call cost in the currency of the prices; None where none are set."""
    if not writer.prices.known:
        return None
    return (call.tokens_in * writer.prices.input + call.tokens_out * writer.prices.output) / MILLION


def money(amount: Decimal) -> str:
    """An amount to the cent, or to its first digits below that."""
    if 0 < amount < Decimal("0.01"):
        return f"{amount:.2g}" if amount >= Decimal("0.0001") else "<0.0001"
    return str(amount.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _of(most: object, form: str) -> str:
    return "" if most is None else f" of {form.format(most)}"
