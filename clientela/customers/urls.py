"""Pages of customers."""

from django.urls import path

from . import views

app_name = "customers"
urlpatterns = [
    path("", views.customers, name="list"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/phones/", views.add_phone, name="add_phone"),
]
