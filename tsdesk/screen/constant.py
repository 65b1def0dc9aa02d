"""{% translate %} and {% url %} as Django has them, but each looked up once: a page says a hundred words and links forty places.

They are tags of our own under Django's names, so that {% load i18n desk %} is all that a template needs, and makemessages
finds every word.
"""

from functools import lru_cache
from typing import Any

from django.template import Context
from django.template.base import Node, Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.templatetags.i18n import TranslateNode, do_translate
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.html import conditional_escape
from django.utils.translation import get_language


class ConstantWords(Node):
    """Words that are written in the template, kept for each language."""

    def __init__(self, node: TranslateNode) -> None:
        self.node = node
        self.said: dict[str | None, str] = {}

    def render(self, context: Context) -> str:
        language = get_language()
        words = self.said.get(language)
        if words is None:
            words = self.said[language] = self.node.render(context)
        return words


def translate(parser: Parser, token: Token) -> Node:
    node = do_translate(parser, token)
    words, amid = node.filter_expression, node.message_context
    is_constant = words.var.lookups is None and not words.filters and (amid is None or isinstance(amid.var, str))
    return ConstantWords(node) if is_constant and not node.noop and node.asvar is None else node


class KnownUrl(Node):
    """An address by its name and positional arguments; the ones asked for last are known by heart."""

    def __init__(self, node: URLNode) -> None:
        self.node = node

    def render(self, context: Context) -> str:
        name = self.node.view_name.resolve(context)
        arguments = tuple(argument.resolve(context) for argument in self.node.args)
        if self.node.kwargs or not isinstance(name, str) or not all(type(one) in (str, int) for one in arguments):
            return str(self.node.render(context))
        try:
            address = _address(get_script_prefix(), name, arguments)
        except NoReverseMatch:
            if self.node.asvar is None:
                raise
            address = ""
        if self.node.asvar is not None:
            context[self.node.asvar] = address
            return ""
        return str(conditional_escape(address)) if context.autoescape else address


@lru_cache(maxsize=2_048)
def _address(prefix: str, name: str, arguments: tuple[Any, ...]) -> str:
    """prefix: where the desk is mounted, which the address begins with."""
    return reverse(name, args=arguments)


def url(parser: Parser, token: Token) -> KnownUrl:
    return KnownUrl(django_url(parser, token))
