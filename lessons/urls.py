"""The addresses of tracks, lessons, questions and simulations."""

from typing import Any

from django.urls import path

from lessons import reading, saved, views
from lessons.consumers import SimulationConsumer
from lessons.embed import embed
from lessons.predicted import prediction
from lessons.shown import shown

app_name = "lessons"
urlpatterns = [
    path("", views.catalogue, name="catalogue"),
    path("glossary/", reading.glossary, name="glossary"),
    path("search/", reading.search, name="search"),
    path("tracks/<slug:track>/", views.track, name="track"),
    path("tracks/<slug:track>/questions/score/", views.score, name="score"),
    path("tracks/<slug:track>/questions/<int:number>/", views.question, name="question"),
    path("tracks/<slug:track>/<slug:lesson>/", views.lesson, name="lesson"),
    path("tracks/<slug:track>/<slug:lesson>/questions/<int:number>/", views.check, name="check"),
    path("tracks/<slug:track>/<slug:lesson>/print/", reading.print_lesson, name="print"),
    path("tracks/<slug:track>/<slug:lesson>/done/", views.complete, name="complete"),
    path("tracks/<slug:track>/<slug:lesson>/<slug:simulation>/runs/", saved.save, name="save"),
    path("tracks/<slug:track>/<slug:lesson>/<slug:simulation>/prediction/", prediction, name="prediction"),
    path("account/runs/", saved.runs, name="runs"),
    path("account/runs/<int:number>/", saved.run, name="run"),
    path("account/runs/<int:number>/delete/", saved.delete, name="delete_run"),
    path("runs/<slug:lesson>/<slug:claim>/", shown, name="shown"),
    path("embed/<slug:track>/<slug:lesson>/<slug:simulation>/", embed, name="embed"),
]
consumer: Any = SimulationConsumer.as_asgi()
websocket_urlpatterns = [path("ws/tracks/<slug:track>/<slug:lesson>/<slug:simulation>/", consumer)]
