"""The settings of a process, by their theme. Nothing here imports anything else of the app:
whatever may need a setting can import it."""

from app.config.config import Config, current_config
from app.config.database import RESERVED_CONNECTIONS, DatabaseSettings
from app.config.file_store import S3Settings
from app.config.files import FileSettings
from app.config.mail import MailServer
from app.config.monitoring import MonitoringSettings
from app.config.monthly_limit import DOLLAR, NO_LIMIT, Limit, parse_limit
from app.config.openid import ISSUER_LENGTH, OpenIdSettings
from app.config.prices import DOLLARS, Price, in_price
from app.config.push import HTTPS_PORT, PushSettings, new_key, push_settings_from
from app.config.rate_limits import DEFAULT_RATE_LIMITS, RateLimits
from app.config.redis import RedisAddress, RedisKind, RedisSettings, redis_address
from app.config.secret_keys import INSTANCE
from app.config.variables import ConfigError

__all__ = [
    "DEFAULT_RATE_LIMITS",
    "DOLLAR",
    "DOLLARS",
    "HTTPS_PORT",
    "INSTANCE",
    "ISSUER_LENGTH",
    "NO_LIMIT",
    "RESERVED_CONNECTIONS",
    "Config",
    "ConfigError",
    "DatabaseSettings",
    "FileSettings",
    "Limit",
    "MailServer",
    "MonitoringSettings",
    "OpenIdSettings",
    "Price",
    "PushSettings",
    "RateLimits",
    "RedisAddress",
    "RedisKind",
    "RedisSettings",
    "S3Settings",
    "current_config",
    "in_price",
    "new_key",
    "parse_limit",
    "push_settings_from",
    "redis_address",
]
