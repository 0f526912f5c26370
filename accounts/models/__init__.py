"""Models: users, credentials, sessions, machines, outgoing mail, the owner of this machine, operator actions."""

from accounts.models.api_token import Scope, Token
from accounts.models.browser_session import BrowserSession
from accounts.models.device_login import DeviceLogin
from accounts.models.local_account import LocalAccount
from accounts.models.machine_name import MachineName
from accounts.models.machine_report import MachineReport
from accounts.models.operator_action import OperatorAction
from accounts.models.outgoing_mail import MailKind, OutgoingMail
from accounts.models.revoked_token import RevokedToken
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.user import LOCAL_EMAIL, AddressField, User, canonicalize_email

__all__ = [
    "LOCAL_EMAIL",
    "AddressField",
    "BrowserSession",
    "DeviceLogin",
    "LocalAccount",
    "MachineName",
    "MachineReport",
    "MailKind",
    "OperatorAction",
    "OutgoingMail",
    "RecoveryCode",
    "RevokedToken",
    "Scope",
    "SecondFactor",
    "Token",
    "User",
    "canonicalize_email",
]
