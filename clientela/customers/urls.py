"""Pages of customers."""

from django.urls import path

from . import duplicate_views, filing_views, listing_views, privacy_views, repair_views, search_views, views

app_name = "customers"
urlpatterns = [
    path("", listing_views.customers, name="list"),
    path("search/", search_views.results, name="search"),
    path("search/suggestions/", search_views.suggestions, name="suggestions"),
    path("duplicates/", duplicate_views.duplicates, name="duplicates"),
    path("duplicates/hints/", duplicate_views.hints, name="hints"),
    path("duplicates/<int:pk>/dismiss/", duplicate_views.dismiss, name="dismiss"),
    path("duplicates/<int:pk>/look-again/", duplicate_views.look_again, name="look_again"),
    path("merges/", duplicate_views.merges, name="merges"),
    path("merges/<int:pk>/", duplicate_views.merge, name="merge"),
    path("merges/<int:pk>/undo/", duplicate_views.undo_merge, name="undo_merge"),
    path("<int:one>/merge/<int:other>/", duplicate_views.merge_files, name="merge_files"),
    path("export/", listing_views.export, {"what": "customers"}, name="export"),
    path("vehicles/", listing_views.vehicles, name="vehicles"),
    path("vehicles/export/", listing_views.export, {"what": "vehicles"}, name="export_vehicles"),
    path("exports/", listing_views.exports, name="exports"),
    # One customer
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/verified/", views.verify, name="verify"),
    path("<int:pk>/phones/", views.add_phone, name="add_phone"),
    path("<int:pk>/points/", views.add_point, name="add_point"),
    path("<int:pk>/points/<int:row>/", views.correct_point, name="correct_point"),
    path("<int:pk>/points/<int:row>/<slug:act>/", views.mark_point, name="mark_point"),
    path("<int:pk>/permissions/", views.permissions, name="permissions"),
    path("<int:pk>/permissions/<int:row>/withdraw/", views.withdraw_consent, name="withdraw_consent"),
    path("<int:pk>/do-not-call/", views.do_not_call, name="do_not_call"),
    path("<int:pk>/rest/", views.add_rest, name="add_rest"),
    path("<int:pk>/rest/<int:row>/remove/", views.remove_rest, name="remove_rest"),
    path("<int:pk>/vehicles/", views.garage_of, name="garage"),
    path("<int:pk>/vehicles/<int:row>/end/", views.end_ownership, name="end_ownership"),
    path("<int:pk>/profile/", views.profile, name="profile"),
    path("<int:pk>/history/", views.history, name="history"),
    path("<int:pk>/print/card/", filing_views.print_card, name="print_card"),
    # One vehicle
    path("vehicles/<int:pk>/edit/", views.vehicle, name="vehicle"),
    path("vehicles/<int:pk>/odometer/", views.read_odometer, name="read_odometer"),
    path("visits/<int:pk>/special/", views.set_apart, name="set_apart"),
    path("visits/<int:pk>/repairs/", repair_views.recommend, name="recommend_repairs"),
    path("visits/<int:pk>/repairs/settle/", repair_views.settle, name="settle_repairs"),
    path("vehicles/<int:pk>/history/", views.vehicle_history, name="vehicle_history"),
    # The work on files
    path("new/", filing_views.new_customer, name="new"),
    path("consultation/", filing_views.consultation, name="consultation"),
    path("files/", filing_views.files, name="files"),
    path("files/<int:pk>/<slug:act>/", filing_views.move_file, name="move_file"),
    path("quality/", filing_views.quality, name="quality"),
    path("sources/", filing_views.sources, name="sources"),
    path("upkeep/", filing_views.upkeep_list, name="upkeep"),
    path("upkeep/<int:pk>/done/", filing_views.finish_upkeep, name="finish_upkeep"),
    path("file-rule/", filing_views.rule, name="rule"),
    # The rights of a person
    path("<int:pk>/person/", privacy_views.person, name="person"),
    path("<int:pk>/person/data/", privacy_views.hand_out, name="hand_out"),
    path("<int:pk>/person/erase/", privacy_views.erase, name="erase"),
]
