"""All slices' tables in one metadata, for migrations."""

from core.audit import models as audit
from core.availability import models as availability
from core.booking import models as booking
from core.conversations import models as conversations
from core.database import Base
from core.meetings import models as meetings
from core.notifications import models as notifications
from core.people import models as people
from core.sharing import models as sharing

SLICES = (audit, availability, booking, conversations, meetings, notifications, people, sharing)
metadata = Base.metadata
