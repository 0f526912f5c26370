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
    path("", feed_views.home_view, name="home"),
    path("demo/load", demo_views.load_demo, name="demo-load"),
    path("demo/remove", demo_views.remove_demo, name="demo-remove"),
    path("events/<str:seq>", feed_views.event_view, name="event"),
    path("events/<str:seq>/raw", feed_views.raw_event_view, name="event-raw"),
    path("events/<str:seq>/block", session_views.step_view, name="step"),
    path("sessions", session_list_views.session_list_view, name="sessions"),
    path("search", search_views.search_view, name="search"),
    path("insights", insight_views.insights_view, name="insights"),
    path("memory", memory_views.memory_view, name="memory"),
    path("memory/entries/<str:seq>", memory_views.annotate_entry, name="memory-annotate"),
    path("memory/notes", memory_views.add_note, name="memory-add-note"),
    path("memory/notes/<uuid:note_id>", memory_views.edit_note, name="memory-edit-note"),
    path("memory/budget", memory_views.set_budget, name="memory-budget"),
    path("memory/tools", memory_views.set_excluded_tools, name="memory-tools"),
    path("memory/model", llm_views.llm_view, name="memory-model"),
    path("filters/<str:page>", saved_filter_views.save_filter, name="filter-save"),
    path("filters/<uuid:filter_id>/drop", saved_filter_views.delete_filter, name="filter-delete"),
    path("palette", session_list_views.palette_view, name="palette"),
    path("live/wall", session_list_views.live_board_view, name="live-board"),
    path("live/pulse", session_list_views.pulse_view, name="pulse"),
    path("live/icon/<int:waiting>.svg", session_list_views.icon_view, name="icon"),
    path("sessions/<str:session_id>", session_views.timeline_view, name="session"),
    path("sessions/<str:session_id>/conversation", session_views.conversation_view, name="session-conversation"),
    path("sessions/<str:session_id>/files", session_views.files_view, name="session-files"),
    path("sessions/<str:session_id>/raw", session_views.raw_view, name="session-raw"),
    path("sessions/<str:session_id>/map", session_views.map_view, name="session-map"),
    path("sessions/<str:session_id>/now", session_views.header_view, name="session-now"),
    path("sessions/<str:session_id>/choose", session_list_views.set_preference, name="session-choose"),
    path("sessions/<str:session_id>/delete", session_list_views.delete_session, name="session-delete"),
    path("export/session", session_export.reject_method, name="session-export"),
    path("export", export_download.reject_method, name="export"),
    path("settings/retention", retention_views.retention_view, name="retention"),
    path("machines", machine_views.machines_view, name="machines"),
    path("machines/<uuid:token_id>/revoke", machine_views.revoke_token, name="token-revoke"),
    path("settings/sync", sync_views.sync_view, name="sync"),
    path("settings/sync/pause", sync_views.pause_sync, name="sync-pause"),
    path("settings/sync/resume", sync_views.resume_sync, name="sync-resume"),
    path("settings/sync/forget", sync_views.forget_link, name="sync-forget"),
    path("docs", public_views.docs_view, name="docs"),
    path("privacy", public_views.public_page_view, {"name": "privacy"}, name="privacy"),
    path("terms", public_views.public_page_view, {"name": "terms"}, name="terms"),
    path("security", public_views.public_page_view, {"name": "security"}, name="security"),
    path("memfog.tgz", feed_views.client_package_view, name="client-package"),
    path("memfog.json", feed_views.client_release_view, name="client-release"),
]
