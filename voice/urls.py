from django.urls import path

from . import views

app_name = "voice"

urlpatterns = [path("voice/test/", views.self_test, name="self-test")]
