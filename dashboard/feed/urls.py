from django.urls import path

from dashboard.feed import first_step_views, views

urlpatterns = [
    path("", views.home_view, name="home"),
    path("events/<str:seq>", views.event_view, name="event"),
    path("events/<str:seq>/card", views.event_card_view, name="event-card"),
    path("events/<str:seq>/raw", views.raw_event_view, name="event-raw"),
    path("first-steps", first_step_views.first_steps_view, name="first-steps"),
    path("first-steps/mail", first_step_views.mail_steps, name="first-steps-mail"),
    path("live/wall", views.live_board_view, name="live-board"),
]
