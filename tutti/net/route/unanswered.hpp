// Whether what is sent to somebody stays without an answer for so long that the way there is in doubt.
//
// Not every packet is answered: an idle connection leaves a last acknowledgement without an answer, and
// perhaps a sign of life. So it takes packets at several moments, as of a connection that repeats what was
// lost again and again.
#pragma once

#include "tutti/base/time.hpp"

namespace tutti {

class Unanswered {
 public:
  static constexpr int moments_max = 3;
  /// What is sent within so much of each other is sent at one moment.
  static constexpr Duration moment = std::chrono::milliseconds(100);
  static constexpr Duration silence = std::chrono::seconds(2);

  /// Something is sent. Whether that is now in doubt; it begins anew then.
  bool sent(TimePoint now) {
    if (moments_ == 0) first_ = now;
    if (moments_ == 0 || now - last_ >= moment) {
      ++moments_;
      last_ = now;
    }
    if (moments_ <= moments_max || now - first_ < silence) return false;
    moments_ = 0;
    return true;
  }
  /// Something has come, or it is sent another way now.
  void answered() { moments_ = 0; }

 private:
  int moments_ = 0;
  TimePoint first_;
  TimePoint last_;
};

}  // namespace tutti
