from django.urls import path

from dashboard.files_page import views

urlpatterns = [path("files", views.files_view, name="files")]
