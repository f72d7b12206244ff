"""Which names may be claimed, and how they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.directory.domain_names import LONGEST, a_labels, claimable, displayed
from muster.directory.organizations import Refused


@pytest.mark.parametrize(
    "written, kept",
    [
        ("example.com", "example.com"),
        ("  EXAMPLE.Com. ", "example.com"),
        ("Bücher.Example.com", "xn--bcher-kva.example.com"),
        ("bu\u0308cher.example.com", "xn--bcher-kva.example.com"),
        ("\uff25xample\uff0ecom", "example.com"),
        ("example。com", "example.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("XN--STRAE-OQA.de", "xn--strae-oqa.de"),
        ("example.co.uk", "example.co.uk"),
        ("corp.example.internal", "corp.example.internal"),
        ("me.github.io", "me.github.io"),
        ("www.ck", "www.ck"),
        ("notgmail.com", "notgmail.com"),
    ],
)
def test_a_domain_is_kept_in_a_labels(written: str, kept: str) -> None:
    """One spelling, whatever was written (RFC 5891)."""
    assert claimable(written) == kept
    assert claimable(kept) == claimable(displayed(kept)) == kept


@pytest.mark.parametrize(
    "written, why",
    [
        ("com", "single label"),
        ("localhost", "public DNS"),
        ("db.localhost", "public DNS"),
        ("printer.local", "public DNS"),
        ("1.0.0.127.in-addr.arpa", "public DNS"),
        ("co.uk", "public suffix"),
        ("github.io", "public suffix"),
        ("公司.cn", "public suffix"),
        ("anything.ck", "public suffix"),
        ("gmail.com", "mail provider"),
        ("Outlook.com", "mail provider"),
        ("mail.yahoo.co.uk", "mail provider"),
        ("192.0.2.1", "is an address"),
        ("2001:db8::1", "is an address"),
        ("[2001:db8::1]", "is an address"),
        ("\uff11.0.2.1", "not the name"),
        ("example.123", "not the name"),
        ("me@example.com", "e-mail address"),
        ("https://example.com/", "URL"),
        ("example.com:443", "URL"),
        ("", "not the name"),
        (".", "not the name"),
        ("a..b", "not the name"),
        ("*.example.com", "not the name"),
        ("_dmarc.example.com", "not the name"),
        ("exa mple.com", "not the name"),
        ("-a.com", "not the name"),
        ("xn--a.com", "not the name"),
        ("☃.com", "not the name"),
        ("\0.com", "not the name"),
        ("\ud800.com", "not the name"),
        ("x" * 64 + ".com", "not the name"),
        (".".join(["x" * 50] * 5), "not the name"),
        ("x." * 100_000 + "com", "not the name"),
    ],
)
def test_what_nobody_may_have_is_refused(written: str, why: str) -> None:
    """With one line that says what it is."""
    with pytest.raises(Refused, match=why) as refused:
        claimable(written)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=300) | st.text("aA1.-xn\u00df\u0130\u3002\u0661", max_size=300))
def test_whatever_is_written_is_one_name_or_refused(written: str) -> None:
    """And a name that is kept is that of its own displayed form."""
    try:
        kept = claimable(written)
    except Refused:
        return
    assert kept.isascii()
    assert len(kept) <= LONGEST
    assert claimable(kept) == claimable(displayed(kept)) == kept


def test_a_name_is_found_however_it_is_written() -> None:
    """Also one that could not be claimed today, as when the list of public suffixes has grown."""
    assert a_labels("CO.UK.") == "co.uk"
