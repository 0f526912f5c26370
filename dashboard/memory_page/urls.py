from django.urls import path

from dashboard.memory_page import llm_views, views

urlpatterns = [
    path("memory", views.memory_view, name="memory"),
    path("memory/entries/<str:seq>", views.annotate_entry, name="memory-annotate"),
    path("memory/notes", views.add_note, name="memory-add-note"),
    path("memory/notes/<uuid:note_id>", views.edit_note, name="memory-edit-note"),
    path("memory/budget", views.set_budget, name="memory-budget"),
    path("memory/tools", views.set_excluded_tools, name="memory-tools"),
    path("memory/model", llm_views.llm_view, name="memory-model"),
]
