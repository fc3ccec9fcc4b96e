"""The destruction run: announced, approved, erased, journalled, certified. It knows the slices by what they registered."""
