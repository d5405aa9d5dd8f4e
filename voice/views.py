from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_required
@require_safe
def self_test(request: HttpRequest) -> HttpResponse:
    """What a call needs, tried from this browser."""
    return render(request, "voice/test.html")
