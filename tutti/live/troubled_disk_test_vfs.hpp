// For tests: a file system for SQLite that fails when it is told to. It passes everything to the real one,
// until a number of writes and syncs are done. Then the process dies in the middle of the next, of which half
// has come to the disk; or the disk is full.
//
// One for the process, as SQLite's file systems are.
#pragma once

#include <cstdint>
#include <string>

#include <sqlite3.h>
#include <unistd.h>

namespace tutti {

class TroubledDisk {
 public:
  /// As SQLite knows it.
  static const char* name() { return instance().vfs_.zName; }
  static constexpr int died = 9;  ///< the exit status

  static TroubledDisk& instance() {
    static TroubledDisk disk;
    return disk;
  }

  /// From now on.
  void die_after(std::int64_t operations) { operations_left_ = operations; }
  void set_full(bool full) { full_ = full; }

 private:
  struct File {
    sqlite3_file base;
    [[nodiscard]] sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  TroubledDisk() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "troubled";
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_->szOsFile;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 0);
    methods_.iVersion = 1;
    methods_.xClose = [](sqlite3_file* file) { return to(file).xClose(real(file)); };
    methods_.xRead = [](sqlite3_file* file, void* into, int bytes, sqlite3_int64 at) {
      return to(file).xRead(real(file), into, bytes, at);
    };
    methods_.xWrite = write;
    methods_.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
      instance().spend([] {});
      return to(file).xTruncate(real(file), size);
    };
    methods_.xSync = [](sqlite3_file* file, int flags) {
      instance().spend([] {});
      return to(file).xSync(real(file), flags);
    };
    methods_.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
      return to(file).xFileSize(real(file), size);
    };
    methods_.xLock = [](sqlite3_file* file, int level) { return to(file).xLock(real(file), level); };
    methods_.xUnlock = [](sqlite3_file* file, int level) { return to(file).xUnlock(real(file), level); };
    methods_.xCheckReservedLock = [](sqlite3_file* file, int* out) {
      return to(file).xCheckReservedLock(real(file), out);
    };
    methods_.xFileControl = [](sqlite3_file* file, int what, void* out) {
      return to(file).xFileControl(real(file), what, out);
    };
    methods_.xSectorSize = [](sqlite3_file* file) { return to(file).xSectorSize(real(file)); };
    methods_.xDeviceCharacteristics = [](sqlite3_file* file) {
      return to(file).xDeviceCharacteristics(real(file));
    };
  }

  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }
  static const sqlite3_io_methods& to(sqlite3_file* file) { return *real(file)->pMethods; }

  static int open(sqlite3_vfs* /*vfs*/, sqlite3_filename path, sqlite3_file* file, int flags, int* out) {
    auto& disk = instance();
    const int result = disk.real_->xOpen(disk.real_, path, real(file), flags, out);
    file->pMethods = real(file)->pMethods == nullptr ? nullptr : &disk.methods_;
    return result;
  }
  static int write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
    if (instance().full_) return SQLITE_FULL;
    instance().spend([&] { to(file).xWrite(real(file), from, bytes / 2, at); });
    return to(file).xWrite(real(file), from, bytes, at);
  }

  template <typename Half>
  void spend(const Half& half) {
    if (operations_left_ < 0 || operations_left_-- > 0) return;
    half();
    _exit(died);
  }

  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};
  std::int64_t operations_left_ = -1;  // no end of them
  bool full_ = false;
};

}  // namespace tutti
