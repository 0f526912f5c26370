from django.urls import path

from dashboard.base import saved_filter_views

urlpatterns = [
    path("filters/<str:page>", saved_filter_views.save_filter, name="filter-save"),
    path("filters/<uuid:filter_id>/drop", saved_filter_views.delete_filter, name="filter-delete"),
]
