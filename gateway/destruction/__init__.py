"""The destruction run: announced, erased, journalled, certified. It knows the slices by what they registered."""
