"""The routes of the management API, one module for each concept; `application.ROUTERS` names them all."""
