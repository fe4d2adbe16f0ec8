Feature: What brings out planted defects
  Each scenario overlaps one mechanism with itself and asks nothing that
  another one would answer. How many users and how fast is left to the run.

  Background:
    Given the member runs the journey "Sign in"

  Scenario: Profiles
    When the member sends GET "/me"
    Then the response status is 200
    And the response shows the member's own email

  Scenario: Identified profiles
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id

  Scenario: Membership cards
    When the member sends GET "/me/card"
    Then the response shows the member's own member_id

  Scenario: Tokens of visits
    When the member sends GET "/me"
    Then the response identifies the member by JSON "$.memberId" as member_id

  Scenario: Cards with phone numbers
    When the member sends GET "/me/card"
    Then the response shows the member's own member_id
    And the body contains "Phone: "

  Scenario: Listed appointments
    When the member runs the journey "Book"
    And the member sends GET "/appointments"
    Then the response identifies the member by JSON "$.appointments[0].memberId" as member_id

  @fresh-session
  Scenario: Sign-ins
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Questions nobody waits for
    When the member abandons GET "/providers/P-001/availability" after 10 ms
    And the member sends GET "/providers/P-002/availability"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Appointments of others
    When the member runs the journey "Book"
    And the member sends GET "/appointments/{{ other.kept.appointment }}"
    Then access is denied

  Scenario: Cancelling for others
    When the member runs the journey "Book"
    And the member sends DELETE "/appointments/{{ other.kept.appointment }}"
    Then access is denied

  Scenario: Free slots
    When the member sends GET "/slots?limit=1"
    Then the response shows the member's own email

  Scenario: Confirmation pages
    When the member runs the journey "Book"
    And the member sends GET "/appointments/{{ user.kept.appointment }}/confirmation"
    Then the response shows the member's own full_name

  Scenario: Bookings by form
    When the member sends GET "/slots?limit=1"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with form:
      | slotId | {{ user.kept.slot }} |
      | reason | check-up             |
    Then the response shows the member's own full_name

  Scenario: Instances come
    Given 2 instances
    When the member sends GET "/me"
    Then the response status is 200
    When the service scales out to 3 after 2 s

  Scenario: Instances go
    Given 3 instances
    When the member sends GET "/me"
    Then the response status is 200
    When the service scales in to 1 after 2 s

  Scenario: Saved
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Cancelled
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends DELETE "/appointments/{{ user.kept.appointment }}"
    Then the response status is 204
    And "appointment" "{{ user.kept.appointment }}" of the member is deleted
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Own lists
    Given 2 instances
    And saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member sends GET "/appointments"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Two sessions
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    And the member opens a second session
    And the member signs in with POST "/session" with JSON:
      """
      {"email": "{{ user.email }}", "password": "{{ user.password }}"}
      """
    When the member goes on in session 1
    And the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    When the member goes on in session 2
    And the member sends GET "/appointments"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: The earliest slot
    When the member sends GET "/slots?limit=1&earliest=true"
    And the member keeps JSON "$[0].slotId" as "slot"
    And the member sends POST "/appointments" with JSON:
      """
      {"slotId": "{{ user.kept.slot }}", "reason": "check-up"}
      """
    Then the response status is one of 201, 409
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Cancelling what others have saved
    Given saved "appointment" are listed by GET "/appointments" at JSON "$.appointments[*].appointmentId"
    When the member runs the journey "Book"
    Then "appointment" "{{ user.kept.appointment }}" of the member is saved
    And "slot" "{{ user.kept.slot }}" now belongs to the member
    When the member sends DELETE "/appointments/{{ other.kept.appointment }}"
    Then access is denied
    When the member sends GET "/appointments"
    Then the response status is 200

  Scenario: Shared documents
    When the member sends POST "/documents" with JSON:
      """
      {"title": "Letter", "text": "Findings"}
      """
    Then the response status is 201
    And the member keeps JSON "$.documentId" as own fact "document"
    When the member shares the fact "document" with the other member by POST "/documents/{{ user.document }}/shares" with JSON:
      """
      {"memberId": "{{ other.member_id }}"}
      """
    Then the response status is 204
    When the member sends GET "/documents/shared"
    Then the response status is 200
    When the member no longer shares the fact "document" with the other member by DELETE "/documents/{{ user.document }}/shares/{{ other.member_id }}"
    Then the response status is 204
    When the member sends GET "/documents/shared"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Appointments that no step probes
    Given foreign access is probed for every kept id
    When the member runs the journey "Book"
    And the member sends GET "/appointments/{{ user.kept.appointment }}"
    Then the response status is 200

  Scenario: Documents that no step probes
    Given foreign access is probed for every kept id
    When the member sends POST "/documents" with JSON:
      """
      {"title": "Letter", "text": "Findings"}
      """
    And the member keeps JSON "$.documentId" as own fact "document"
    And the member shares the fact "document" with the other member by POST "/documents/{{ user.document }}/shares" with JSON:
      """
      {"memberId": "{{ other.member_id }}"}
      """
    And the member sends GET "/documents/{{ user.document }}"
    Then the response status is 200
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Contact notes
    Given 2 instances
    When the member keeps the text "Call after noon: {{ unique }}" as "note"
    And the member sends PUT "/me/contact-note" with JSON:
      """
      {"note": "{{ user.kept.note }}"}
      """
    Then the response status is 204
    And the member's "contact note" is now "{{ user.kept.note }}"
    When the member sends GET "/me/contact-note"
    Then JSON "$.note" shows the member's "contact note"
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Thanks
    Given 2 instances
    And nobody but the members raises the counter "thanks"
    When the member sends GET "/providers/P-001/thanks"
    Then JSON "$.thanks" shows the counter "thanks"
    When the member sends POST "/providers/P-001/thanks"
    Then the response status is 204
    And the counter "thanks" was raised by 1
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Messages
    Given 2 instances
    When the member keeps the text "It hurts again: {{ unique }}" as "message"
    And the member sends POST "/messages" with JSON:
      """
      {"text": "{{ user.kept.message }}"}
      """
    Then the response status is 201
    And "{{ user.kept.message }}" was appended to the member's "messages"
    When the member sends GET "/messages"
    Then JSON "$.messages[*].text" shows the member's list "messages"
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Sessions that are looked at
    Given 2 instances
    When the member sends GET "/session"
    Then JSON "$.requests" counts the member's requests of this session
    When the member sends GET "/me"
    Then the response shows the member's own email

  Scenario: Exports
    When the member sends GET "/me/export?as=base64"
    Then the response status is 200
