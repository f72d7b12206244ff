"""An office in which people sign in with passkeys, at an authenticator in software."""

from __future__ import annotations

from typing import Any

from muster.directory.passkey_sign_in import ask_to_sign_in, sign_in_by
from muster.directory.passkeys import add_passkey, ask_for_passkey, passkeys_of, remove_passkey
from muster.directory.registers.console import ConsoleUser
from muster.directory.registers.passkeys import Passkey
from muster.directory.relying_party import Asked, RelyingParty
from tests.harness.authenticator import Authenticator
from tests.store.office import NOWHERE, OLD, Office
from tests.store.scene import Scene

PARTY = RelyingParty("muster.test", "https://muster.test")


class Desk(Office):
    """An office in which people sign in with passkeys; `ada` is one of them, and signed in."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.ada = self.somebody("ada")
        self.secret = self.signs_in(self.ada)

    def wish(self, passphrase: str = OLD) -> Asked:
        """What Ada's browser is asked for, so that she gets a passkey."""
        visitor = self.visitor(self.secret)
        assert visitor is not None
        asking = ask_for_passkey(self.database, self.world, self.passphrases, PARTY, visitor, passphrase)
        return self.run(asking)

    def adds(self, kept: str, sent: str, name: str = "Laptop") -> Passkey:
        """What comes of Ada's browser's answer."""
        visitor = self.visitor(self.secret)
        assert visitor is not None
        return self.run(add_passkey(self.database, self.world, PARTY, visitor, kept, sent, name))

    def passkey(self, name: str = "Laptop", **more: Any) -> tuple[Authenticator, Passkey]:
        """One more passkey of Ada's."""
        self.now += 1  # they are listed by when they came
        authenticator, wish = (
            Authenticator(**({"origin": PARTY.origin, "host": PARTY.id} | more)),
            self.wish(),
        )
        return authenticator, self.adds(wish.kept, authenticator.makes(wish.options), name)

    def asks(self) -> Asked:
        """What a browser is asked for, so that somebody signs in."""
        return self.run(ask_to_sign_in(self.database, self.world, PARTY))

    def admits(self, kept: str, sent: str) -> ConsoleUser:
        """Who signs in."""
        _, secret = self.run(sign_in_by(self.database, self.world, PARTY, kept, sent, NOWHERE))
        visitor = self.visitor(secret)
        assert visitor is not None
        assert visitor.user is not None
        return visitor.user

    def signs(self, authenticator: Authenticator) -> ConsoleUser:
        """Who signs in with a passkey, from the beginning."""
        asked = self.asks()
        return self.admits(asked.kept, authenticator.signs(asked.options))

    def passkeys(self) -> list[Passkey]:
        """Ada's passkeys."""
        return [*self.run(passkeys_of(self.database, self.ada))]

    def removes(self, id: str, whose: ConsoleUser | None = None) -> None:
        """Somebody removes a passkey."""
        self.run(self.remove(id, whose))

    async def remove(self, id: str, whose: ConsoleUser | None = None) -> None:
        """Do the same while something else is under way."""
        await remove_passkey(self.database, self.world, whose or self.ada, id)
