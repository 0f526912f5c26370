from django.urls import path

from dashboard.demo import views

urlpatterns = [
    path("demo/load", views.load_demo, name="demo-load"),
    path("demo/remove", views.remove_demo, name="demo-remove"),
]
