from django.urls import path

from dashboard.machines_page import views

urlpatterns = [
    path("machines", views.machines_view, name="machines"),
    path("machines/rename", views.rename_machine, name="machine-rename"),
    path("machines/<uuid:token_id>/revoke", views.revoke_token, name="token-revoke"),
    path("machines/<uuid:token_id>/restore", views.restore_token, name="token-restore"),
]
