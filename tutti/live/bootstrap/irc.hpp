// Meeting in a channel of an IRC server (irc_meeting.hpp): any server will do, and it carries a few lines
// when somebody comes, nothing of the session. Who sits in the channel sees who asks for which session_tag().
#pragma once

#include "tutti/live/bootstrap/bootstrap.hpp"
#include "tutti/live/bootstrap/irc_meeting.hpp"
#include "tutti/live/bootstrap/irc_place.hpp"

namespace tutti {

/// Tries for ever to be there. The channel in the options is the place's.
BootstrapOpener irc(const IrcPlace& place, const IrcMeetingOptions& options = {});

}  // namespace tutti
