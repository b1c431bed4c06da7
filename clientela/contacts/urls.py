"""Verbs and pages of contacts."""

from django.urls import path

from . import views

app_name = "contacts"
urlpatterns = [
    path("next/", views.take_next, name="take_next"),
    path("tasks/<int:pk>/take/", views.take, name="take"),
    path("tasks/<int:pk>/give-back/", views.give_back, name="give_back"),
    path("tasks/<int:pk>/outcome/", views.outcome, name="outcome"),
    path("attempts/<int:pk>/undo/", views.undo, name="undo"),
    path("remedies/", views.remedies, name="remedies"),
    path("remedies/<int:pk>/", views.remedy, name="remedy"),
    path("programmes/", views.programmes, name="programmes"),
    path("programmes/activate/", views.activate, name="activate"),
    path("programmes/<int:pk>/", views.programme, name="programme"),
    path("programmes/steps/<int:pk>/", views.step, name="step"),
]
