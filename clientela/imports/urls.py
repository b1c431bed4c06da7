"""Pages of imports."""

from django.urls import path

from . import views

app_name = "imports"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/perform/", views.perform, name="perform"),
]
