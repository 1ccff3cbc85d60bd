"""The pages and their forms."""

from __future__ import annotations

from flask import Flask

from app.config import Config, current_config
from app.events.payloads import FORMER_MEMBER, rfc3339
from app.replies import current_runtime
from app.views import (
    account,
    account_deletion,
    admin_answers,
    admin_people,
    admin_retention,
    admin_storage,
    api,
    appearance,
    assistants,
    audit_log,
    auth,
    avatars,
    conversation_options,
    conversations,
    data,
    dates,
    devices,
    errors,
    exports,
    files,
    forms,
    headers,
    health,
    installing,
    invitations,
    message_options,
    metrics,
    model_providers,
    models,
    notifications,
    openid,
    page_mark,
    passkeys,
    passwords,
    people,
    registering,
    request_log,
    second_factor,
    second_step,
    seen,
    server_banner,
    shared_page,
    sharing,
    tokens,
    use,
)
from app.views.avatars import hue, initials, named
from app.views.form_data import FormRequest
from app.views.formatting import (
    capped,
    cost,
    file_about,
    file_size,
    has_mathematics,
    icon,
    parameters,
    stats_line,
    thinking_title,
)

_BLUEPRINTS = (
    account.blueprint,
    account_deletion.blueprint,
    admin_answers.blueprint,
    admin_people.blueprint,
    admin_retention.blueprint,
    admin_storage.blueprint,
    api.blueprint,
    appearance.blueprint,
    assistants.blueprint,
    audit_log.blueprint,
    auth.blueprint,
    avatars.blueprint,
    conversation_options.blueprint,
    conversations.blueprint,
    data.blueprint,
    devices.blueprint,
    exports.blueprint,
    files.blueprint,
    health.blueprint,
    installing.blueprint,
    invitations.blueprint,
    message_options.blueprint,
    metrics.blueprint,
    notifications.blueprint,
    model_providers.blueprint,
    models.blueprint,
    openid.blueprint,
    passkeys.blueprint,
    passwords.blueprint,
    people.blueprint,
    registering.blueprint,
    second_factor.blueprint,
    second_step.blueprint,
    seen.blueprint,
    shared_page.blueprint,
    server_banner.admin_blueprint,
    server_banner.blueprint,
    sharing.blueprint,
    tokens.blueprint,
    use.admin_blueprint,
    use.blueprint,
)


def register(app: Flask, config: Config) -> None:
    """Register the pages, their error pages and headers, and what their templates use."""
    app.request_class = FormRequest
    request_log.register(app)
    for blueprint in _BLUEPRINTS:
        app.register_blueprint(blueprint)
    errors.register(app)
    forms.register(app)
    page_mark.register(app)
    headers.register(app, production=config.production)
    for template_filter in (
        rfc3339,
        dates.full_date,
        icon,
        cost,
        stats_line,
        parameters,
        thinking_title,
        hue,
        initials,
        named,
        capped,
        file_about,
        file_size,
        has_mathematics,
    ):
        app.add_template_filter(template_filter)
    app.jinja_env.globals |= {
        "date": dates.date_element,
        "day": dates.day_element,
        "date_language": dates.language,
        "file_settings": lambda: current_config().files,
        "former_member": FORMER_MEMBER,
        "price_of": lambda name: current_runtime().models.price(name),
    }
