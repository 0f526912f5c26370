"""Users, their credentials and sessions, the mail they are owed, the owner of this machine, what operators did."""

from accounts.models.browser_session import Session
from accounts.models.device_login import DeviceLogin
from accounts.models.local_account import LocalAccount
from accounts.models.operator_action import OperatorAct
from accounts.models.outgoing_mail import Mail, OutgoingMail
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.user import LOCAL_ADDRESS, AddressField, Scope, Token, User, canonical

__all__ = [
    "LOCAL_ADDRESS",
    "AddressField",
    "DeviceLogin",
    "LocalAccount",
    "Mail",
    "OperatorAct",
    "OutgoingMail",
    "RecoveryCode",
    "Scope",
    "SecondFactor",
    "Session",
    "Token",
    "User",
    "canonical",
]
