"""`/demo/load`, `/demo/remove`, and the template variable that shows whether the demo is loaded."""

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import User
from dashboard.base.current_user import get_user_id
from dashboard.demo import demo_data


@never_cache
@login_required
@require_POST
def load_demo(request: HttpRequest) -> HttpResponse:
    demo_data.load(get_user_id(request))
    return redirect("home")


@never_cache
@login_required
@require_POST
def remove_demo(request: HttpRequest) -> HttpResponse:
    if demo_data.remove(get_user_id(request)):
        messages.success(request, "Sample data removed.")
    return redirect("home")


def build_demo_context(request: HttpRequest) -> dict[str, Callable[[], bool]]:
    """Context processor. The query runs only when a template calls `demo_is_loaded`; fragments for scripts do not."""

    def demo_is_loaded() -> bool:
        user = getattr(request, "user", None)
        return isinstance(user, User) and demo_data.is_loaded(user.id)

    return {"demo_is_loaded": demo_is_loaded}
