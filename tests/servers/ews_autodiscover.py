"""Autodiscover of the tests' Exchange server (MS-OXWSADISC): GetUserSettings alone."""

from __future__ import annotations

from lxml import etree  # type: ignore[import-untyped]  # it ships no types

A = "{http://schemas.microsoft.com/exchange/2010/Autodiscover}"


def user_settings(request: bytes, ews_url: str, known: set[str]) -> bytes:
    """Where EWS is for the user who is asked about; an error for one that nobody knows."""
    user = etree.fromstring(request).findtext(f".//{A}User/{A}Mailbox") or ""
    code = "NoError" if user.lower() in known else "InvalidUser"
    setting = (
        '<UserSetting i:type="StringSetting" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Name>ExternalEwsUrl</Name><Value>{ews_url}</Value></UserSetting>"
    )
    settings = f"<UserSettings>{setting if code == 'NoError' else ''}</UserSettings>"
    said = f"<ErrorCode>{code}</ErrorCode><ErrorMessage>{code}</ErrorMessage>"
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>'
        '<h:ServerVersionInfo xmlns:h="http://schemas.microsoft.com/exchange/2010/Autodiscover">'
        "<h:MajorVersion>15</h:MajorVersion><h:MinorVersion>1</h:MinorVersion>"
        "<h:MajorBuildNumber>2507</h:MajorBuildNumber><h:MinorBuildNumber>39</h:MinorBuildNumber>"
        "<h:Version>Exchange2016</h:Version></h:ServerVersionInfo></s:Header><s:Body>"
        '<GetUserSettingsResponseMessage xmlns="http://schemas.microsoft.com/exchange/2010/Autodiscover">'
        "<Response><ErrorCode>NoError</ErrorCode><ErrorMessage/><UserResponses><UserResponse>"
        f"{said}<RedirectTarget/><UserSettingErrors/>{settings}</UserResponse></UserResponses></Response>"
        "</GetUserSettingsResponseMessage></s:Body></s:Envelope>"
    ).encode()
