from django.urls import path
from django.views.generic import RedirectView

from accounts import api
from accounts.device_login import device_api, device_views
from accounts.pages import dev_mail_views, settings_views, sign_in_views, two_factor_views

urlpatterns = [
    path("sign-up", sign_in_views.SignUp.as_view(), name="sign-up"),
    path("sign-in", sign_in_views.SignIn.as_view(), name="sign-in"),
    path("sign-in/link", sign_in_views.SignInLink.as_view(), name="sign-in-link"),
    path("sign-in/code", sign_in_views.SignInCode.as_view(), name="sign-in-code"),
    path("sign-out", sign_in_views.sign_out, name="sign-out"),
    path("verify-email", sign_in_views.VerifyEmail.as_view(), name="verify-email"),
    path("forgot-password", sign_in_views.ForgotPassword.as_view(), name="forgot-password"),
    path("reset-password", sign_in_views.ResetPassword.as_view(), name="reset-password"),
    path("confirm-email", sign_in_views.ConfirmEmail.as_view(), name="confirm-email"),
    path("device", device_views.Device.as_view(), name="device"),
    path("settings", settings_views.Settings.as_view(), name="settings"),
    path("settings/password", settings_views.Password.as_view(), name="change-password"),
    path("settings/email", settings_views.Email.as_view(), name="change-email"),
    path("settings/delete", settings_views.Delete.as_view(), name="delete-account"),
    path("settings/sessions/<slug:name>/end", settings_views.end, name="end-session"),
    path("settings/sessions/end-others", settings_views.end_others, name="end-other-sessions"),
    path("settings/two-factor", two_factor_views.TwoFactor.as_view(), name="two-factor"),
    path("settings/two-factor/set-up", two_factor_views.set_up, name="two-factor-set-up"),
    path("settings/two-factor/qr.svg", two_factor_views.qr_code, name="two-factor-qr"),
    path("settings/two-factor/codes", two_factor_views.RecoveryCodes.as_view(), name="recovery-codes"),
    path("settings/two-factor/off", two_factor_views.SwitchOff.as_view(), name="two-factor-off"),
    # Before the admin's own: one way in, with one count of tries.
    path("admin/login/", sign_in_views.sign_in_operator),
    path("admin/password_change/", RedirectView.as_view(pattern_name="change-password")),
    path("dev/mail", dev_mail_views.mails, name="dev-mail"),
    path("dev/mail/<slug:name>", dev_mail_views.one, name="dev-mail-one"),
    path("dev/mail/<slug:name>/html", dev_mail_views.html, name="dev-mail-html"),
    path("auth/register", api.Register.as_view()),
    path("auth/verify-email", api.VerifyEmail.as_view()),
    path("auth/login", api.Login.as_view()),
    path("auth/device", device_api.Start.as_view()),
    path("auth/device/token", device_api.Collect.as_view()),
    path("auth/forgot-password", api.ForgotPassword.as_view()),
    path("auth/reset-password", api.ResetPassword.as_view()),
    path("me", api.Me.as_view()),
    path("api/tokens", api.Tokens.as_view()),
    path("api/tokens/<uuid:token_id>", api.OneToken.as_view()),
]
