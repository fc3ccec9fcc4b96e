"""Single sign-on by OpenID Connect: people sign in at their own organisation. Source: issue 6."""
