"""Pages of the network."""

from django.urls import path

from . import views

app_name = "network"
urlpatterns = [
    path("", views.dealerships, name="dealerships"),
    path("new/", views.new_dealership, name="new_dealership"),
    path("stand/", views.stand, name="stand"),
    path("preferences/", views.preferences, name="preferences"),
    path("<int:pk>/", views.dealership, name="dealership"),
    path("<int:pk>/hours/", views.hours, name="hours"),
    path("<int:pk>/hours/<str:kind>/", views.add_hours, name="add_hours"),
    path("<int:pk>/hours/<str:kind>/<int:row>/", views.remove_hours, name="remove_hours"),
    path("<int:pk>/departments/", views.departments, name="departments"),
    path("<int:pk>/departments/<str:kind>/<int:row>/", views.remove_department, name="remove_department"),
    path("people/", views.people, name="people"),
    path("people/invite/", views.invite, name="invite"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/invitation/", views.invite_again, name="invite_again"),
    path("people/<int:pk>/roles/", views.give_role, name="give_role"),
    path("people/<int:pk>/roles/<int:row>/", views.take_role, name="take_role"),
    path("people/<int:pk>/leave/", views.leave, name="leave"),
]
