"""Users, their credentials and sessions, the mail they are owed, and what operators did to them."""

from accounts.models.device_login import DeviceLogin
from accounts.models.mail import Mail, OutgoingMail
from accounts.models.operator_act import OperatorAct
from accounts.models.second_factor import RecoveryCode, SecondFactor
from accounts.models.session import Session
from accounts.models.user import AddressField, Scope, Token, User, canonical

__all__ = [
    "AddressField",
    "DeviceLogin",
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
