from django.urls import path

from people.views import finding, merging, person

app_name = "people"
urlpatterns = [
    path("", finding.people, name="list"),
    path("match/", finding.match, name="match"),
    path("new/", person.person_new, name="new"),
    path("merges/<int:pk>/undo/", merging.merge_undo, name="merge_undo"),
    path("<int:pk>/", person.person, name="person"),
    path("<int:pk>/edit/", person.person_edit, name="edit"),
    path("<int:pk>/merge/", merging.merge, name="merge"),
    path("<int:pk>/contact-points/", person.contact_point_add, name="contact_point_add"),
    path("<int:pk>/contact-points/<int:point>/remove/", person.contact_point_remove, name="contact_point_remove"),
    path("<int:pk>/contact-points/<int:point>/prefer/", person.contact_point_prefer, name="contact_point_prefer"),
    path("<int:pk>/contact-points/<int:removed>/restore/", person.contact_point_restore, name="contact_point_restore"),
    path("<int:pk>/pets/new/", person.pet_edit, name="pet_new"),
    path("<int:pk>/pets/<int:pet>/", person.pet_edit, name="pet"),
]
