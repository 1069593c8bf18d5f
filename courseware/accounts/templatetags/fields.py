"""How allauth's form fields are drawn on this site's pages."""

from django import template
from django.forms import BoundField
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """The field's input, saying nothing itself: allauth repeats the label inside it, where it hides what is missing."""
    return field.as_widget(attrs={"placeholder": False})
