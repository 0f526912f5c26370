from django.urls import path

from dashboard import about, context, export, listing, machines, search, session_export, sessions, views

urlpatterns = [
    path("", views.home, name="home"),
    path("events/<str:seq>", views.event, name="event"),
    path("events/<str:seq>/raw", views.raw, name="event-raw"),
    path("events/<str:seq>/block", sessions.block, name="block"),
    path("sessions", listing.listing, name="sessions"),
    path("search", search.page, name="search"),
    path("memory", context.page, name="memory"),
    path("palette", listing.palette, name="palette"),
    path("live/wall", listing.tiles, name="wall"),
    path("sessions/<str:session_id>", sessions.timeline, name="session"),
    path("sessions/<str:session_id>/conversation", sessions.conversation, name="session-conversation"),
    path("sessions/<str:session_id>/files", sessions.files, name="session-files"),
    path("sessions/<str:session_id>/raw", sessions.raw, name="session-raw"),
    path("sessions/<str:session_id>/map", sessions.strip, name="session-map"),
    path("sessions/<str:session_id>/choose", listing.choose, name="session-choose"),
    path("sessions/<str:session_id>/delete", listing.delete, name="session-delete"),
    path("export/session", session_export.elsewhere, name="session-export"),
    path("export", export.elsewhere, name="export"),
    path("machines", machines.machines, name="machines"),
    path("machines/<uuid:token_id>/revoke", machines.revoke, name="token-revoke"),
    path("docs", about.docs, name="docs"),
    path("privacy", about.page, {"name": "privacy"}, name="privacy"),
    path("terms", about.page, {"name": "terms"}, name="terms"),
    path("security", about.page, {"name": "security"}, name="security"),
    path("memfog.tgz", views.client_package, name="client-package"),
]
