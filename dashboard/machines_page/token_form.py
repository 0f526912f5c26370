"""The form that creates an API token."""

from django import forms

from accounts.models import Scope


class NewTokenForm(forms.Form):
    name = forms.CharField(max_length=100, label="Name")
    scope = forms.ChoiceField(choices=Scope.choices, initial=Scope.FULL, label="Permissions")
