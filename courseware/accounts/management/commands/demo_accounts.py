"""`manage.py demo_accounts`: a learner and an instructor to sign in with, on one's own machine."""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from courseware.accounts.demo import DEMOS, INSTRUCTOR, lines
from courseware.accounts.models import User
from courseware.roles import INSTRUCTORS
from lessons.models import Track


class Command(BaseCommand):
    """Safe to repeat: accounts keep their progress, and their passwords are what is printed."""

    help = "Make the demo accounts (only with DEBUG=1): learner@headroom.test and instructor@headroom.test."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError outside DEBUG."""
        if not settings.DEBUG:
            raise CommandError("Demo accounts have published passwords: they are made only with DEBUG=1.")
        for demo in DEMOS:
            user = User.objects.filter(email=demo.email).first() or User(username=demo.email, email=demo.email)
            user.first_name = demo.role.capitalize()
            if not user.pk or not user.check_password(demo.password):
                user.set_password(demo.password)
            user.save()
            EmailAddress.objects.update_or_create(user=user, email=demo.email, defaults={"verified": True, "primary": True})
            if demo is INSTRUCTOR:
                user.groups.add(Group.objects.get_or_create(name=INSTRUCTORS)[0])
                for track in Track.objects.all():
                    track.instructors.add(user)
        self.stdout.write("\n".join(["Demo accounts:", *lines()]))
