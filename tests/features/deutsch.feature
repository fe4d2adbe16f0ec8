# language: de
Funktionalität: Auf Deutsch
  Die Schlüsselwörter sind übersetzt, die Schritte nicht.

  Grundlage:
    Angenommen the member runs the journey "Sign in"

  Szenario: Das eigene Profil
    Wenn the member sends GET "/me"
    Dann the response status is 200
    Und the response shows the member's own email
