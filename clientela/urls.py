"""What can be reached. Everything needs a sign-in but what stands under “open to everybody”."""

from django.urls import include, path

from clientela.network.views import health, language

urlpatterns = [
    # Open to everybody
    path("health/", health, name="health"),
    path("language/", language, name="language"),
    path("account/", include("clientela.network.account_urls")),
    # Everything else
    path("network/", include("clientela.network.urls")),
    path("customers/", include("clientela.customers.urls")),
    path("contacts/", include("clientela.contacts.urls")),
    path("import/", include("clientela.imports.urls")),
    path("", include("clientela.desk.urls")),
]

handler403 = "clientela.network.answers.forbidden"
handler404 = "clientela.network.answers.not_found"
handler429 = "clientela.network.answers.too_many"  # allauth's
handler500 = "clientela.network.answers.broken"
