"""Documents, places in them, and changes to them."""

from docpatch.diff import diff
from docpatch.merge import Clash, merge
from docpatch.patch import PatchError, apply
from docpatch.pointer import PointerError, find, parts, text_of
from docpatch.schema import check

__all__ = ["Clash", "PatchError", "PointerError", "apply", "check", "diff", "find", "merge", "parts", "text_of"]
