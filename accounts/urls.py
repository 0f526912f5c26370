from django.urls import path
from django.views.generic import RedirectView

from accounts import api
from accounts.device_login import device_api, device_views
from accounts.pages import dev_mail_views, settings_views, sign_in_views, two_factor_views

urlpatterns = [
    path("sign-up", sign_in_views.SignUpPage.as_view(), name="sign-up"),
    path("sign-in", sign_in_views.SignInPage.as_view(), name="sign-in"),
    path("sign-in/link", sign_in_views.SignInLinkPage.as_view(), name="sign-in-link"),
    path("sign-in/code", sign_in_views.SignInCodePage.as_view(), name="sign-in-code"),
    path("sign-out", sign_in_views.sign_out, name="sign-out"),
    path("verify-email", sign_in_views.VerifyEmailPage.as_view(), name="verify-email"),
    path("forgot-password", sign_in_views.ForgotPasswordPage.as_view(), name="forgot-password"),
    path("reset-password", sign_in_views.ResetPasswordPage.as_view(), name="reset-password"),
    path("confirm-email", sign_in_views.ConfirmEmailPage.as_view(), name="confirm-email"),
    path("device", device_views.DevicePage.as_view(), name="device"),
    path("settings", settings_views.SettingsPage.as_view(), name="settings"),
    path("settings/password", settings_views.ChangePasswordPage.as_view(), name="change-password"),
    path("settings/email", settings_views.ChangeEmailPage.as_view(), name="change-email"),
    path("settings/delete", settings_views.DeleteAccountPage.as_view(), name="delete-account"),
    path("settings/sessions/<slug:name>/end", settings_views.end_browser_session, name="end-session"),
    path("settings/sessions/end-others", settings_views.end_other_sessions, name="end-other-sessions"),
    path("settings/two-factor", two_factor_views.TwoFactorPage.as_view(), name="two-factor"),
    path("settings/two-factor/set-up", two_factor_views.set_up, name="two-factor-set-up"),
    path("settings/two-factor/qr.svg", two_factor_views.render_qr_code, name="two-factor-qr"),
    path("settings/two-factor/codes", two_factor_views.RecoveryCodesPage.as_view(), name="recovery-codes"),
    path("settings/two-factor/off", two_factor_views.SwitchOffPage.as_view(), name="two-factor-off"),
    # Before the admin's own routes: there is one sign-in page, with one count of attempts.
    path("admin/login/", sign_in_views.redirect_operator_sign_in),
    path("admin/password_change/", RedirectView.as_view(pattern_name="change-password")),
    path("dev/mail", dev_mail_views.list_mails, name="dev-mail"),
    path("dev/mail/<slug:name>", dev_mail_views.show_mail, name="dev-mail-one"),
    path("dev/mail/<slug:name>/html", dev_mail_views.show_mail_html, name="dev-mail-html"),
    path("auth/register", api.RegisterView.as_view()),
    path("auth/verify-email", api.VerifyEmailView.as_view()),
    path("auth/login", api.LoginView.as_view()),
    path("auth/device", device_api.DeviceCodesView.as_view()),
    path("auth/device/token", device_api.DeviceTokenView.as_view()),
    path("auth/forgot-password", api.ForgotPasswordView.as_view()),
    path("auth/reset-password", api.ResetPasswordView.as_view()),
    path("me", api.AccountView.as_view()),
    path("api/tokens", api.TokenListView.as_view()),
    path("api/tokens/<uuid:token_id>", api.TokenView.as_view()),
]
