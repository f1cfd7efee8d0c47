"""A merchant's list of articles as a spreadsheet writes it: CSV (RFC 4180) in UTF-8, its first line names the columns.

    number,title,text,price,offer
    4711,Hamlet,"Paperback, 320 pages",12.50 EUR,/public/offers/hamlet.offer

`text` and `offer` can be left out. Every refusal names the line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from semper_host.commerce.catalogue import MOST_ARTICLES, Article, check_article
from semper_host.model.errors import SemperError, UsageError
from semper_host.model.money import parse as parse_money

MOST_LIST = 128 * 1024 * 1024
"""Bytes of a list."""
_NEEDED, _MORE = ("number", "title", "price"), ("text", "offer")


def read_articles(data: bytes, made: int, until: int) -> list[tuple[int, Article]]:
    """Return the articles of a list, each with the line where it ends. Raises UsageError USAGE_INVALID."""
    rows = _rows(data)
    _, names = next(rows, (1, []))
    _check_columns(names)
    found: list[tuple[int, Article]] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        if not row:
            continue
        if len(row) != len(names):
            raise _at(line, f"it has {len(row)} fields, and the first line names {len(names)}")
        article = _article(line, dict(zip(names, row, strict=True)), made, until)
        if article.number in lines:
            raise _at(line, f"the number {article.number} stands in line {lines[article.number]}, too")
        if len(found) == MOST_ARTICLES:
            raise _at(line, f"a catalogue has at most {MOST_ARTICLES} articles")
        lines[article.number] = line
        found.append((line, article))
    if not found:
        raise _at(1, "there is no article")
    return found


def _rows(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the number of its last line."""
    try:
        text = data.decode("utf-8-sig")  # spreadsheets write a mark first
    except UnicodeDecodeError as error:
        raise _at(data.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from None
    reader = csv.reader((f"{line}\n" for line in text.replace("\r\n", "\n").split("\n")), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise _at(reader.line_num, f"it is no CSV: {error}") from None


def _check_columns(names: list[str]) -> None:
    wrong = [name for name in names if name not in (*_NEEDED, *_MORE)]
    if wrong or len(set(names)) != len(names) or not set(_NEEDED) <= set(names):
        raise _at(
            1, "it must name the columns number, title, price, may name text and offer, each once; commas part them"
        )


def _article(line: int, row: dict[str, str], made: int, until: int) -> Article:
    try:
        price = parse_money(row["price"])
        texts = row["number"], row["title"], row.get("text", "")
        article = Article(*texts, price, row.get("offer", ""), made, until)
        check_article(article)
    except SemperError as error:
        raise _at(line, error.message) from None
    return article


def _at(line: int, why: str) -> UsageError:
    return UsageError("USAGE_INVALID", f"cannot read line {line} of the list: {why}")
