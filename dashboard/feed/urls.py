from django.urls import path

from dashboard.feed import views

urlpatterns = [
    path("", views.home_view, name="home"),
    path("events/<str:seq>", views.event_view, name="event"),
    path("events/<str:seq>/card", views.event_card_view, name="event-card"),
    path("events/<str:seq>/raw", views.raw_event_view, name="event-raw"),
    path("live/wall", views.live_board_view, name="live-board"),
]
