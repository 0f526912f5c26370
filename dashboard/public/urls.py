from django.urls import path

from dashboard.public import views

urlpatterns = [
    path("docs", views.docs_view, name="docs"),
    path("privacy", views.public_page_view, {"name": "privacy"}, name="privacy"),
    path("terms", views.public_page_view, {"name": "terms"}, name="terms"),
    path("security", views.public_page_view, {"name": "security"}, name="security"),
]
