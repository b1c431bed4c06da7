"""The pages that span modules."""

from django.urls import path

from . import live_views, side_views, views, week_views

app_name = "desk"
urlpatterns = [
    path("customers/<int:one>/and/<int:other>/", views.compare, name="compare"),
    path("", views.today, name="today"),
    path("week/", week_views.plan, name="week"),
    path("live/", live_views.now, name="live"),
    path("call/<int:pk>/", views.call, name="call"),
    path("customer/<int:pk>/", views.customer, name="customer"),
    path("vehicle/<int:pk>/", views.vehicle, name="vehicle"),
    path("visit/<int:pk>/", views.visit, name="visit"),
    path("group/", views.group, name="group"),
    path("forecast/", views.outlook, name="forecast"),
    path("more/", side_views.more, name="more"),
    path("style/", side_views.style, name="style"),
]
