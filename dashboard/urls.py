from django.urls import path

from dashboard.account_pages import export_download, machine_views, retention_views, sync_views
from dashboard.base import saved_filter_views
from dashboard.demo import views as demo_views
from dashboard.feed import views as feed_views
from dashboard.insights import views as insight_views
from dashboard.memory_page import llm_views
from dashboard.memory_page import views as memory_views
from dashboard.public import views as public_views
from dashboard.search_page import views as search_views
from dashboard.session import session_export
from dashboard.session import views as session_views
from dashboard.session_list import views as session_list_views

urlpatterns = [
    path("", feed_views.home, name="home"),
    path("demo/load", demo_views.load, name="demo-load"),
    path("demo/remove", demo_views.remove, name="demo-remove"),
    path("events/<str:seq>", feed_views.event, name="event"),
    path("events/<str:seq>/raw", feed_views.raw, name="event-raw"),
    path("events/<str:seq>/block", session_views.block, name="block"),
    path("sessions", session_list_views.listing, name="sessions"),
    path("search", search_views.page, name="search"),
    path("insights", insight_views.page, name="insights"),
    path("memory", memory_views.page, name="memory"),
    path("memory/entries/<str:seq>", memory_views.mark, name="memory-mark"),
    path("memory/notes", memory_views.write, name="memory-write"),
    path("memory/notes/<uuid:note_id>", memory_views.rewrite, name="memory-rewrite"),
    path("memory/budget", memory_views.allow, name="memory-allow"),
    path("memory/tools", memory_views.skip, name="memory-skip"),
    path("memory/model", llm_views.page, name="memory-model"),
    path("filters/<str:page>", saved_filter_views.keep, name="filter-keep"),
    path("filters/<uuid:filter_id>/drop", saved_filter_views.drop, name="filter-drop"),
    path("palette", session_list_views.palette, name="palette"),
    path("live/wall", session_list_views.tiles, name="wall"),
    path("live/pulse", session_list_views.pulse, name="pulse"),
    path("live/icon/<int:waiting>.svg", session_list_views.icon, name="icon"),
    path("sessions/<str:session_id>", session_views.timeline, name="session"),
    path("sessions/<str:session_id>/conversation", session_views.conversation, name="session-conversation"),
    path("sessions/<str:session_id>/files", session_views.files, name="session-files"),
    path("sessions/<str:session_id>/raw", session_views.raw, name="session-raw"),
    path("sessions/<str:session_id>/map", session_views.strip, name="session-map"),
    path("sessions/<str:session_id>/now", session_views.now, name="session-now"),
    path("sessions/<str:session_id>/choose", session_list_views.choose, name="session-choose"),
    path("sessions/<str:session_id>/delete", session_list_views.delete, name="session-delete"),
    path("export/session", session_export.elsewhere, name="session-export"),
    path("export", export_download.elsewhere, name="export"),
    path("settings/retention", retention_views.page, name="retention"),
    path("machines", machine_views.machines, name="machines"),
    path("machines/<uuid:token_id>/revoke", machine_views.revoke, name="token-revoke"),
    path("settings/sync", sync_views.page, name="sync"),
    path("settings/sync/pause", sync_views.pause, name="sync-pause"),
    path("settings/sync/resume", sync_views.resume, name="sync-resume"),
    path("settings/sync/forget", sync_views.forget, name="sync-forget"),
    path("docs", public_views.docs, name="docs"),
    path("privacy", public_views.page, {"name": "privacy"}, name="privacy"),
    path("terms", public_views.page, {"name": "terms"}, name="terms"),
    path("security", public_views.page, {"name": "security"}, name="security"),
    path("memfog.tgz", feed_views.client_package, name="client-package"),
    path("memfog.json", feed_views.client_release, name="client-release"),
]
