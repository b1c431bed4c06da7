"""Pages of imports."""

from django.urls import path

from . import views

app_name = "imports"
urlpatterns = [
    path("", views.runs, name="runs"),
    path("mappings/", views.saved_mappings, name="mappings"),
    path("mappings/<int:pk>/", views.mapping, name="mapping"),
    path("mappings/<int:pk>/delete/", views.delete_mapping, name="delete_mapping"),
    path("<int:pk>/", views.run, name="run"),
    path("<int:pk>/reading/", views.choose, name="choose"),
    path("<int:pk>/mapping/", views.keep_mapping, name="keep_mapping"),
    path("<int:pk>/perform/", views.perform, name="perform"),
    path("<int:pk>/discard/", views.discard, name="discard"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/rows/", views.remarks, name="remarks"),
    path("<int:pk>/rows/settle/", views.settle, name="settle"),
    path("<int:pk>/rows/reopen/<int:stamp>/", views.reopen, name="reopen"),
    path("<int:pk>/refused.csv", views.refused_csv, name="refused_csv"),
    path("<int:pk>/refused.xlsx", views.refused_xlsx, name="refused_xlsx"),
]
