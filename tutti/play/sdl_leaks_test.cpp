// What the libraries below SDL allocate once a process and never free. Told to the leak sanitizer, so that it
// goes on finding what tutti forgets; without the sanitizer nobody calls this.
// The name is the sanitizer's.
// NOLINTBEGIN(readability-identifier-naming, bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions();

extern "C" const char* __lsan_default_suppressions() {
  return "leak:libdbus-1\n";
}
// NOLINTEND(readability-identifier-naming, bugprone-reserved-identifier)
