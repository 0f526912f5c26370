from django.urls import path

from dashboard.navigation import views

urlpatterns = [
    path("palette", views.palette_view, name="palette"),
    path("palette/neighbor", views.neighbor_view, name="neighbor"),
    path("live/pulse", views.pulse_view, name="pulse"),
    path("live/icon/<int:waiting>.svg", views.icon_view, name="icon"),
]
