"""What a shop has, and what it is worth."""

from stockroom.batches import Shelf, StockError
from stockroom.ledger import Ledger
from stockroom.money import format_money, parse_money, split_evenly
from stockroom.orders import Order, OrderLine
from stockroom.reports import reorder_list, stock_table

__all__ = [
    "Ledger",
    "Order",
    "OrderLine",
    "Shelf",
    "StockError",
    "format_money",
    "parse_money",
    "reorder_list",
    "split_evenly",
    "stock_table",
]
